// What an app does without a module: it provides the SDK's client itself.
import { CohereClientV2 } from 'cohere-ai';
import { start } from './start.mjs';

await start({
  providers: [
    {
      provide: CohereClientV2,
      useFactory: () => new CohereClientV2({ token: process.env.COHERE_API_KEY }),
    },
  ],
});
