export const PAGES: readonly string[];
export function tablesOf(table: object): string;
export function withTables(page: string, tables: string, path: string): Promise<string>;
