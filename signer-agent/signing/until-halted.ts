/** @returns what was promised, or null where it was halted before */
export async function untilHalted<T>(promised: Promise<T>, halt: AbortSignal): Promise<T | null> {
  let onHalt: () => void = () => undefined;
  const halted = new Promise<null>((resolve) => {
    onHalt = () => resolve(null);
  });
  halt.addEventListener('abort', onHalt);
  if (halt.aborted) onHalt();
  try {
    return await Promise.race([promised, halted]);
  } finally {
    halt.removeEventListener('abort', onHalt);
  }
}
