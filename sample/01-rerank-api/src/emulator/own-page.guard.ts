import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * Refuses the requests of other pages: those of another origin, and those of a page whose host name was rebound to this
 * machine. Commands such as curl send neither header.
 */
@Injectable()
export class OwnPageGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const {
      host = '',
      origin,
      ...headers
    } = context.switchToHttp().getRequest<IncomingMessage>().headers;
    const site = headers['sec-fetch-site'] ?? 'same-origin';
    return (
      LOOPBACK.test(host) &&
      (origin === undefined || origin === `http://${host}`) &&
      (site === 'same-origin' || site === 'none')
    );
  }
}
