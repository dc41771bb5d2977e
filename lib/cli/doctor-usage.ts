export const DOCTOR_USAGE = `Usage: nestjs-cohere doctor [options]

Reads the environment and .env as the app would, and shows every setting, where it comes from, what
hides what, and what is wrong. Options given in code to CohereModule are not seen.

  --env-file FILE     read this file instead of .env; may be given more than once, the first one wins
  --base-url URL      instead of COHERE_BASE_URL
  --live [MODE]       also ask Cohere. MODE is key (default; is the key valid?), model (does the model
                      exist and rerank?) or rerank (one real rerank, billed as one)
  --json              one JSON document
  -h, --help          show this

Exit code: 0 all is well, 78 the configuration is wrong, 77 Cohere refuses the key,
69 Cohere could not be asked, 2 this command was called wrongly.
`;
