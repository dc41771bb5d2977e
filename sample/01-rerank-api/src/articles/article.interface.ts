export interface Article {
  readonly id: string;
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly text: string;
  readonly category: string;
  /** ISO date. */
  readonly updatedAt: string;
}
