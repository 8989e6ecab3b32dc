import { isRefusal, Refusal } from '#core/refusal';
import { openKey } from '../enrolled-token.ts';
import { searchedModules } from '../searched-modules.ts';
import { allowModule, knownModules } from '../token/modules.ts';
import type { TokenState } from '../token/token.ts';
import type { AgentState } from './check-agent.ts';
import { checkLink } from './check-link.ts';
import type { LinkReport } from './report.ts';

type Driver = { readonly storage: 'token' | 'software'; readonly path: string };

/**
 * The driver of the enrolled token, or those that an enrolment would look in: allowed, for this kind of machine, loaded and answering.
 * @param chosen one to check instead, by absolute path
 * @returns with what the drivers show, for the next link; null where none answers
 */
export async function checkDriver(
  state: AgentState,
  chosen: string | undefined,
): Promise<{ report: LinkReport; shown: readonly TokenState[] | null }> {
  const shown: TokenState[] = [];
  const report = await checkLink('driver', async () => {
    const drivers = driversOf(state, chosen);
    const failures: Refusal[] = [];
    for (const driver of drivers) {
      try {
        shown.push(...(await list(driver)));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        failures.push(error);
      }
    }
    // where several are tried, one that serves is enough
    if (failures[0] && failures.length === drivers.length) throw failures[0];
    return { facts: drivers.map(({ storage, path }) => (storage === 'token' ? path : 'chứng thư phần mềm')) };
  });
  return { report, shown: report.state === 'broken' ? null : shown };
}

function driversOf({ enrolment, home }: AgentState, chosen: string | undefined): Driver[] {
  if (chosen !== undefined) return [{ storage: 'token', path: allowModule(chosen) }];
  if (enrolment) return [{ storage: enrolment.storage, path: enrolment.module }];
  const modules = home ? searchedModules(home) : knownModules();
  if (modules.length === 0) throw new Refusal('MODULE_ABSENT');
  return modules.map((path) => ({ storage: 'token', path }));
}

async function list({ storage, path }: Driver): Promise<readonly TokenState[]> {
  const token = openKey({ storage, module: path });
  try {
    return await token.list();
  } finally {
    await token.close();
  }
}
