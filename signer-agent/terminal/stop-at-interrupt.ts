const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Makes the first Ctrl-C or SIGTERM a wish to stop, once it is listened for: before, and at the second one, the process ends at once, as
 * ever (the journal bears that).
 */
export function stopAtInterrupt(): { stop: AbortSignal; listen: () => void; end: () => void } {
  const controller = new AbortController();
  let isListening = false;
  const onSignal = () => {
    end();
    controller.abort();
  };
  const end = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const listen = () => {
    if (isListening) return;
    isListening = true;
    for (const signal of SIGNALS) process.on(signal, onSignal);
  };
  return { stop: controller.signal, listen, end };
}
