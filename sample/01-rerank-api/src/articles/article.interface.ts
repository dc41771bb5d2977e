export interface Article {
  readonly id: string;
  /** The language, as BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly text: string;
  readonly category: string;
  /** The date, as ISO 8601. */
  readonly updatedAt: string;
}
