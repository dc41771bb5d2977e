import { Test } from '@nestjs/testing';
import { AuthenticationError } from 'nestjs-cohere';
import { CohereTestingController, CohereTestingModule } from 'nestjs-cohere/testing';
import { SearchService } from './src/search.service';

describe('SearchService', () => {
  it('ranks without HTTP, and fails as scripted', async () => {
    const app = await Test.createTestingModule({
      imports: [CohereTestingModule.forRoot()],
      providers: [SearchService],
    }).compile();
    const [first] = await app.get(SearchService).find('capital of France');
    expect(first).toBe('Paris');
    app.get(CohereTestingController).failNext('COHERE_API_KEY_EXPIRED');
    await expect(app.get(SearchService).find('capital of France')).rejects.toThrow(
      AuthenticationError,
    );
  });
});
