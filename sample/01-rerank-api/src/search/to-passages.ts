import type { RelevantSpan } from 'nestjs-cohere';
import type { RelevantPassageDto } from './dto/search-response.dto.js';

/** Maps spans of `title`, line break, `text` to spans of the title and of the text. */
export function toPassages(title: string, spans: readonly RelevantSpan[]): RelevantPassageDto[] {
  const textStart = title.length + 1;
  return spans.flatMap(({ start, end }) => {
    const passages: RelevantPassageDto[] = [];
    if (start < title.length) {
      passages.push({ field: 'title', start, end: Math.min(end, title.length) });
    }
    if (end > textStart) {
      passages.push({
        field: 'text',
        start: Math.max(start, textStart) - textStart,
        end: end - textStart,
      });
    }
    return passages;
  });
}
