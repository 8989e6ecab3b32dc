import { isRefusal, Refusal } from '#core/refusal';
import { openPkcs11Token, type Deadlines } from './host.ts';
import type { TokenState } from './token.ts';

export type AllTokens = {
  readonly tokens: readonly { readonly module: string; readonly state: TokenState }[];
  /** modules that could not be asked, and why */
  readonly failed: readonly { readonly module: string; readonly refusal: Refusal }[];
};

/**
 * The tokens of several modules. One that more than one module shows is told once, by the first that can read it: its PIN must never be
 * tried on another.
 * @param modules absolute paths, first choice first
 * @throws Refusal MODULE_ABSENT: there is none
 */
export async function listAllTokens(
  modules: readonly string[],
  deadlines?: Partial<Deadlines>,
): Promise<AllTokens> {
  if (modules.length === 0) throw new Refusal('MODULE_ABSENT');
  const asked = await Promise.all(modules.map((module) => tokensOf(module, deadlines)));
  const shown = asked.flatMap(({ module, states }) => states.map((state) => ({ module, state })));
  // those that can be read come first, so that they are the ones that stay
  const best = new Map<string, TokenState>();
  for (const { state } of [...shown].sort((a, b) => Number(isFaulty(a.state)) - Number(isFaulty(b.state))))
    if (!best.has(nameOf(state))) best.set(nameOf(state), state);
  return {
    tokens: shown.filter(({ state }) => state.serial === '' || best.get(nameOf(state)) === state),
    failed: asked.flatMap(({ module, refusal }) => (refusal ? [{ module, refusal }] : [])),
  };
}

type Asked = { readonly module: string; readonly states: readonly TokenState[]; readonly refusal?: Refusal };

async function tokensOf(module: string, deadlines?: Partial<Deadlines>): Promise<Asked> {
  try {
    const token = openPkcs11Token(module, deadlines);
    try {
      return { module, states: await token.list() };
    } finally {
      await token.close();
    }
  } catch (refusal) {
    if (!isRefusal(refusal)) throw refusal;
    return { module, states: [], refusal };
  }
}

function isFaulty({ fault }: TokenState): boolean {
  return fault !== undefined;
}

function nameOf({ manufacturer, model, serial, label }: TokenState): string {
  return JSON.stringify([manufacturer, model, serial, label]);
}
