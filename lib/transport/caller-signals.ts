type Listener = () => void;

interface Listeners {
  readonly all: Set<Listener>;
  readonly dispatch: () => void;
}

/**
 * Listens to signals of callers, with one listener per signal however many calls share it. An app may
 * hand its long-lived shutdown signal to every call; a listener for each would leak, and Node warns from
 * the eleventh on.
 */
export class CallerSignals {
  readonly #listeners = new WeakMap<AbortSignal, Listeners>();

  /** @returns removes the listener again */
  onAbort(signal: AbortSignal, listener: Listener): () => void {
    const listeners = this.#listeners.get(signal) ?? this.#listenTo(signal);
    listeners.all.add(listener);
    return () => {
      listeners.all.delete(listener);
      if (listeners.all.size === 0) {
        signal.removeEventListener('abort', listeners.dispatch);
        this.#listeners.delete(signal);
      }
    };
  }

  #listenTo(signal: AbortSignal): Listeners {
    const all = new Set<Listener>();
    const dispatch = () => {
      for (const listener of all) {
        listener();
      }
    };
    signal.addEventListener('abort', dispatch, { once: true });
    const listeners = { all, dispatch };
    this.#listeners.set(signal, listeners);
    return listeners;
  }
}
