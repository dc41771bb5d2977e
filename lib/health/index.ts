export { CohereHealthIndicator, type CohereHealthOptions } from './cohere.health.js';
