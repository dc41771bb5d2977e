import { CohereModule } from 'nestjs-cohere';
import { start } from './start.mjs';

// All from the environment, as the README has it.
await start({ imports: [CohereModule.forRootAsync()] });
