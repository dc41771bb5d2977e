import { start } from './start.mjs';

await start({
  providers: [
    {
      provide: 'KEY',
      useFactory: () => {
        throw new Error('COHERE_API_KEY is missing');
      },
    },
  ],
});
