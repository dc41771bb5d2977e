import { throwError, type Observable } from 'rxjs';
import type { ErrorAnswer } from '../error-response.js';

/** Throwing in a filter would leave the caller waiting, and a returned error would arrive as a value. */
export function answerRpc(answer: ErrorAnswer): Observable<never> {
  return throwError(() => ({ status: 'error', ...answer }));
}
