import { ConsoleLogger, Logger } from '@nestjs/common';

/** The current logger: Nest's own as text or as JSON, one of the app, or none. */
export type NestLoggerKind = 'text' | 'json' | 'custom' | 'off';

/** Reads Nest's current logger, a protected static that only a subclass can access. */
class NestLogger extends Logger {
  static get inCharge(): unknown {
    return Logger.staticInstanceRef;
  }
}

export function nestLoggerKind(): NestLoggerKind {
  const logger = NestLogger.inCharge;
  if (logger === undefined) {
    return 'off';
  }
  if (!(logger instanceof ConsoleLogger)) {
    return 'custom';
  }
  const options: unknown = Reflect.get(logger, 'options');
  const json = typeof options === 'object' && options !== null && Reflect.get(options, 'json');
  return json === true ? 'json' : 'text';
}

/**
 * Keeps Nest from printing one error until the returned function is called. Other messages are not affected.
 */
export function muteNestLogger(error: Error): () => void {
  const logger = NestLogger.inCharge;
  if (typeof logger !== 'object' || logger === null) {
    return () => undefined;
  }
  const muted = new Proxy(logger, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') {
        return member;
      }
      return (...messages: unknown[]): unknown =>
        messages[0] === error ? undefined : Reflect.apply(member, target, messages);
    },
  });
  override(muted);
  return () => {
    if (NestLogger.inCharge === muted) {
      override(logger);
    }
  };
}

function override(logger: object): void {
  if (isLogger(logger)) {
    Logger.overrideLogger(logger);
  }
}

function isLogger(value: object): value is Pick<Logger, 'log' | 'error' | 'warn'> {
  return ['log', 'error', 'warn'].every((name) => typeof Reflect.get(value, name) === 'function');
}
