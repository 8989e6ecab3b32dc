import type { Service } from '../service.ts';
import type { Scope } from '../store/identity.ts';
import { completeVersions } from './complete-versions.ts';
import { verifyIdentities, type Progress } from './verify-identity.ts';

/**
 * Asks the register about everyone in scope and completes what it answered, until nobody is left: whoever comes in while it runs is asked
 * about too, because a request made meanwhile was answered with this same run.
 * @param againBefore asks again whoever's newest answer is from before then and not `right`
 * @throws Refusal REGISTER_UNREACHABLE
 */
export async function checkIdentities(
  service: Service,
  scope: Scope,
  againBefore: Date | null,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ asked: number; completed: number }> {
  let [asked, completed] = [0, 0];
  for (;;) {
    const before = asked;
    const now = await verifyIdentities(
      service,
      scope,
      (done, total) => progress(before + done, before + total),
      againBefore,
    );
    asked += now;
    completed += await completeVersions(service, scope, signal);
    if (now === 0) return { asked, completed };
  }
}
