import { setTimeout as sleep } from 'node:timers/promises';
import { fromBase64 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { readEnrolment, type Enrolment, type Home } from '../config.ts';
import { readSignerCertificate } from '../token/signer-certificate.ts';
import type { CheckReport } from '../doctor/report.ts';
import type { Token } from '../token/token.ts';
import { forbid } from './guard.ts';
import { html } from './html.ts';
import { checkScreen } from './pages/check.ts';
import { failure } from './pages/failure.ts';
import { pinScreen } from './pages/pin.ts';
import { resultScreen } from './pages/result.ts';
import { reviewScreen } from './pages/review.ts';
import { todayScreen } from './pages/today.ts';
import type { Screen } from './pages/view.ts';
import { workingScreen } from './pages/working.ts';
import { refusalOf } from './problem.ts';
import { readSignedLists, type SignedLists } from './signed-lists.ts';
import { Signing, type RunSigning } from './signing-state.ts';
import { TokenWatch } from './token-watch.ts';

export type PageParts = {
  readonly home: Home;
  readonly run: RunSigning;
  readonly openToken: (enrolment: Enrolment) => Token;
  readonly checkMachine: () => Promise<CheckReport>;
};

/** What the page gets to show: a screen, and which one it is. */
export type Shown = Omit<Screen, 'main' | 'live'> & {
  readonly revision: number;
  readonly main: string;
  readonly live: Readonly<Record<string, string>>;
};

const POLL_MS = 25_000;

/** What the one page of this agent looks at. It lives in the agent: a page that comes later sees the same. */
export class PageSession {
  readonly signing: Signing;
  readonly #parts: PageParts;
  #revision = 1;
  #load = 0;
  #waiting: (() => void)[] = [];
  #enrolment: Enrolment | null = null;
  #watch: TokenWatch | null = null;
  #lists: SignedLists = { collected: [], begun: [] };
  #check: CheckReport | 'running' | null = null;

  constructor(parts: PageParts) {
    this.#parts = parts;
    const changed = () => this.#changed();
    this.signing = new Signing((order) => this.#run(order), changed);
  }

  /** Another page was loaded: the one before has seen its last. */
  loaded(): void {
    this.#load++;
    this.#changed();
  }

  /**
   * Answers when there is something else to show than what the page has seen, or after a while.
   * @throws Refusal DOOR_FORBIDDEN for a page that lost its key meanwhile
   */
  async shown(seen: number): Promise<Shown> {
    const load = this.#load;
    if (seen === 0) await this.#refresh();
    if (seen === this.#revision) await this.#change();
    if (load !== this.#load) forbid('page key is not the current one');
    if (!this.signing.isRunning && this.#check !== 'running') this.#watch?.look();
    return { ...text(this.#screen()), revision: this.#revision };
  }

  async today(): Promise<void> {
    if (this.#check !== 'running') this.#check = null;
    this.signing.leave();
    await this.#refresh();
    this.#changed();
  }

  /** @throws Refusal AGENT_BUSY while something is signed: the driver has one user */
  async checkMachine(): Promise<void> {
    if (this.signing.isRunning) throw new Refusal('AGENT_BUSY', { detail: 'a signing is under way' });
    if (this.#check === 'running') return;
    this.signing.leave();
    this.#check = 'running';
    this.#changed();
    try {
      this.#check = await this.#alone(() => this.#parts.checkMachine());
    } catch (error) {
      this.#check = null;
      throw error;
    } finally {
      this.#changed();
    }
  }

  /** @throws Refusal AGENT_BUSY */
  sign(ticket: string): void {
    if (this.#check === 'running')
      throw new Refusal('AGENT_BUSY', { detail: 'the machine is being checked' });
    this.signing.start(ticket);
    this.#check = null;
  }

  async close(): Promise<void> {
    this.signing.stop();
    await this.signing.ended();
    await this.#watch?.close();
  }

  async #run(order: Parameters<RunSigning>[0]) {
    try {
      return await this.#alone(() => this.#parts.run(order));
    } finally {
      await this.#refresh();
    }
  }

  #alone<T>(use: () => Promise<T>): Promise<T> {
    return this.#watch ? this.#watch.without(use) : use();
  }

  /** Reads again what lies on the disk: another door of this agent may have written there. */
  async #refresh(): Promise<void> {
    const { home, openToken } = this.#parts;
    const before = JSON.stringify(this.#enrolment);
    try {
      const enrolment = readEnrolment(home);
      this.#lists = readSignedLists(home);
      if (JSON.stringify(enrolment) === before) return;
      const watch = this.#watch;
      this.#enrolment = enrolment;
      this.#watch = new TokenWatch(
        () => openToken(enrolment),
        { serial: enrolment.token.serial },
        () => this.#changed(),
      );
      await watch?.close();
    } catch {
      // said on the screen, which reads the enrolment again
      this.#enrolment = null;
    }
  }

  #screen(): Screen {
    const { step, summary } = this.signing;
    switch (step.at) {
      case 'working':
        return workingScreen(step.progress, step.paused, summary);
      case 'review':
        return reviewScreen(step.summary);
      case 'pin':
        return pinScreen(step.summary, step.token, this.#enrolment?.phrase);
      case 'done':
        return resultScreen(step.counts, null, summary);
      case 'refused':
        return resultScreen(step.counts, step.refusal, summary);
      case 'idle':
        return this.#check ? checkScreen(this.#check) : this.#today();
    }
  }

  #today(): Screen {
    try {
      const enrolment = readEnrolment(this.#parts.home);
      const der = fromBase64(enrolment.signerCertificate);
      if (!der) throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'signer certificate' });
      const signer = readSignerCertificate(der);
      const presence = this.#watch?.presence ?? null;
      return todayScreen({ enrolment, signer, lists: this.#lists, presence, now: new Date() });
    } catch (error) {
      const main = html`<h1 tabindex="-1">Hôm nay</h1>
        ${failure(refusalOf(error))}`;
      return { name: 'today', title: 'Hôm nay', main, live: {} };
    }
  }

  #changed(): void {
    this.#revision++;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #change(): Promise<void> {
    let wake: () => void = () => undefined;
    const given = new AbortController();
    const changed = new Promise<void>((resolve) => {
      wake = resolve;
      this.#waiting.push(wake);
    });
    await Promise.race([
      changed,
      sleep(POLL_MS, undefined, { signal: given.signal, ref: false }).catch(() => undefined),
    ]);
    given.abort();
    this.#waiting = this.#waiting.filter((other) => other !== wake);
  }
}

function text({ name, title, main, live }: Screen): Omit<Shown, 'revision'> {
  const parts = Object.entries(live).map(([part, { text }]) => [part, text] as const);
  return { name, title, main: main.text, live: Object.fromEntries(parts) };
}
