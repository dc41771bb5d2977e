import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiSearchErrors } from '../openapi/api-search-errors.decorator.js';
import { JoiValidationPipe } from '../validation/joi-validation.pipe.js';
import { SearchRequestDto, searchRequestSchema } from './dto/search-request.dto.js';
import { SearchResponseDto } from './dto/search-response.dto.js';
import { SearchService } from './search.service.js';

@ApiTags('search')
@Controller('search')
export class SearchController {
  constructor(private readonly searchService: SearchService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Find the support articles that answer a question' })
  @ApiOkResponse({ description: 'The articles, most relevant first.', type: SearchResponseDto })
  @ApiSearchErrors()
  search(
    @Body(new JoiValidationPipe(searchRequestSchema)) request: SearchRequestDto,
  ): Promise<SearchResponseDto> {
    return this.searchService.search(request);
  }
}
