import type { Fault } from '#certs-test/fault-module';
import type { Pki } from '#certs-test/pki';
import { base64url } from '#core/bytes';
import type { Refusal } from '#core/refusal';
import { shortDigest } from '#core/sign/short-digest';
import { enrolledParts } from '#signer-agent/door/enrolled-parts';
import { PageSession } from '#signer-agent/door/page-session';
import type { Step } from '#signer-agent/door/signing-state';
import { runSigning, type SigningOrder } from '#signer-agent/signing/run-signing';
import { AgentHome } from '../../support/agent-home.ts';
import type { FakeApi } from '../../support/fake-api.ts';
import { openModule } from '../../support/fault-tokens.ts';

export type StandOptions = Partial<Pick<SigningOrder, 'openToken' | 'now'>>;

/** A signer before the agent's page, on an enrolled machine whose token sits behind the fault module. */
export class PageStand {
  readonly home: AgentHome;
  readonly session: PageSession;
  readonly #api: FakeApi;

  private constructor(home: AgentHome, api: FakeApi, session: PageSession) {
    this.home = home;
    this.session = session;
    this.#api = api;
  }

  /** @param options `openToken`: another than the fault module; undefined for the enrolled driver itself */
  static async open(pki: Pki, fault: Fault, api: FakeApi, options: StandOptions = {}, signer?: string) {
    const home = new AgentHome(pki, api);
    await home.enrol(signer);
    const behindFault = { openToken: () => openModule(fault.modulePath), ...options };
    const parts = enrolledParts(home, { pss: false, openToken: behindFault.openToken });
    const run: typeof parts.run = (order) =>
      runSigning({ ...order, ...behindFault, home, pss: false, sampleSize: 2 });
    return new PageStand(home, api, new PageSession({ ...parts, run }));
  }

  get step(): Step {
    return this.session.signing.step;
  }

  /** Brings a ticket, agrees to what is shown and brings the PIN where it comes to that. @returns when it stands or has ended */
  async sign(pin: string, ticket = this.#api.newTicket()): Promise<this> {
    await this.toPin(ticket);
    if (this.step.at === 'pin') this.bringPin(pin);
    return this.until(() => this.#isOver() || (this.step.at === 'working' && this.step.paused !== null));
  }

  /** As far as the PIN, or to the refusal before it. */
  async toPin(ticket = this.#api.newTicket()): Promise<this> {
    this.session.sign(ticket);
    await this.until(() => this.step.at === 'review' || this.#isOver());
    if (this.step.at !== 'review') return this;
    const { statementDigest } = this.step.summary;
    this.session.signing.approve({
      shortDigest: shortDigest(statementDigest),
      statementSha256: base64url(statementDigest),
    });
    return this.until(() => this.step.at === 'pin' || this.#isOver());
  }

  bringPin(pin: string, lastTry = false): void {
    if (this.step.at !== 'pin') throw new Error(`no PIN is asked for at ${this.step.at}`);
    const { statementDigest } = this.step.summary;
    this.session.signing.bringPin(Buffer.from(pin), base64url(statementDigest), lastTry);
  }

  /** Why it ended, or why it waits. */
  get refusal(): Refusal {
    if (this.step.at === 'refused') return this.step.refusal;
    if (this.step.at === 'working' && this.step.paused) return this.step.paused;
    throw new Error(`nothing was refused at ${this.step.at}`);
  }

  /** What stands on the page now. */
  async screen(): Promise<string> {
    const { main, live } = await this.session.shown(0);
    return main + Object.values(live).join('');
  }

  async close(): Promise<void> {
    await this.session.close();
    this.home.remove();
  }

  async until(isThere: () => boolean): Promise<this> {
    for (let seen = -1; !isThere();) seen = (await this.session.shown(seen)).revision;
    return this;
  }

  #isOver(): boolean {
    return this.step.at === 'refused' || this.step.at === 'done';
  }
}
