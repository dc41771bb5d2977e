export interface Article {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly category: string;
  /** ISO date. */
  readonly updatedAt: string;
}
