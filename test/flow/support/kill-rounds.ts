import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '#scripts/demo/random';
import { AgentMachine, type AgentEnd } from './kill-agent.ts';
import { PASSING, people, verdictOf } from './kill-flow.ts';
import { demandInvariants, demandWrittenDown } from './kill-invariants.ts';
import { demandSignedOnce, standing } from './kill-operations.ts';
import { must, persist } from './kill-persist.ts';
import { KillStage } from './kill-stage.ts';
import { carryOut, drawKill, drawServerKill, type Kill, type Victim } from './kill-victims.ts';

/**
 * Two units, one with an RSA token, one with a P-256 token, sign batches of the same new records again and again, each at an agent that is
 * a process of its own, while any process of it all is killed −9. The invariants are asked after every kill and after every round.
 */
export class KillRounds {
  readonly stage: KillStage;
  readonly machines: readonly AgentMachine[];
  readonly #random: Random;
  readonly #atWork = new Set<AgentMachine>();
  #acknowledgedRecords = 0;
  readonly #acknowledgedSignatures = new Set<string>();
  readonly counts = {
    kills: 0,
    killed: {} as Partial<Record<Victim, number>>,
    batches: { list: 0, each: 0 },
    records: 0,
    tickets: 0,
  };

  private constructor(stage: KillStage, machines: readonly AgentMachine[], random: Random) {
    this.stage = stage;
    this.machines = machines;
    this.#random = random;
    stage.proxy.heard = (request, asked, status) => {
      if (/^POST .*\/signatures$/.test(request) && status >= 200 && status < 300)
        for (const sha of cmsIn(asked)) this.#acknowledgedSignatures.add(sha);
    };
  }

  static async set(random: Random): Promise<KillRounds> {
    // who is killed holds the batch until the lease is over
    const stage = await KillStage.set({ KYSO_LEASE_SECONDS: '2' });
    const machines: AgentMachine[] = [];
    const rounds = new KillRounds(stage, machines, random);
    try {
      for (const { role, signer } of UNITS) {
        const console = (path: string, body: object) => stage.must(role, path, body);
        machines.push(await AgentMachine.enrol(stage.pki, signer, stage.proxy.origin, console));
      }
      return rounds;
    } catch (error) {
      await rounds.close();
      throw error;
    }
  }

  /**
   * New records, one batch of them in each unit, and kills from the import to the last collection.
   * @throws Error with the first invariant that does not hold
   */
  async round(plan: RoundPlan): Promise<void> {
    for (const machine of this.machines) this.#atWork.add(machine);
    const batches = await this.#together(this.#freezeBoth(plan), this.#killInTurn(plan.early));
    await this.#together(this.#signBoth(batches), this.#killInTurn(plan.kills));
    await demandInvariants(this.stage, this.#expected(true));
    for (const { batchId, mode, machine } of batches) {
      await demandWrittenDown(this.stage, machine, batchId);
      const verdict = await verdictOf(this.stage, batchId, this.#random.below(plan.size));
      if (verdict !== 'valid') throw new Error(`evidence of batch ${batchId} (${mode}): ${verdict}`);
      this.counts.batches[mode]++;
    }
    this.counts.records += plan.size;
    // autovacuum comes round once a minute, and is killed with the others
    await persist(() => this.stage.sql('analyze'));
  }

  async close(): Promise<void> {
    for (const machine of this.machines) machine.remove();
    await this.stage.close();
  }

  /** null where they cannot be counted, see AgentMachine */
  get tokenOperations(): number | null {
    return this.machines.reduce<number | null>((sum, { tokenOperations }) => {
      return sum === null || tokenOperations === null ? null : sum + tokenOperations;
    }, 0);
  }

  #expected(isSettled: boolean) {
    return {
      acknowledgedRecords: this.#acknowledgedRecords,
      acknowledgedSignatures: this.#acknowledgedSignatures,
      isSettled,
    };
  }

  async #killInTurn(kills: readonly Kill[]): Promise<void> {
    for (const kill of kills) {
      if (this.#atWork.size === 0) return;
      if (!(await carryOut(kill, this.stage, this.#atWork))) continue;
      this.counts.kills++;
      this.counts.killed[kill.victim] = (this.counts.killed[kill.victim] ?? 0) + 1;
      await demandInvariants(this.stage, this.#expected(false));
    }
  }

  async #freezeBoth({ size, modes }: RoundPlan): Promise<readonly FrozenBatch[]> {
    await this.#bringIn(size);
    await this.#identities();
    return Promise.all(
      this.machines.map(async (machine, i) => {
        const mode = modes[i] ?? 'list';
        const role = UNITS[i]?.role ?? '';
        return { machine, role, mode, count: size, batchId: await this.#freeze(role, mode, size) };
      }),
    );
  }

  async #signBoth(batches: readonly FrozenBatch[]): Promise<void> {
    await Promise.all(batches.map((batch) => this.#signToCollected(batch)));
  }

  async #bringIn(size: number): Promise<void> {
    const rows = people(this.stage, size, '79-01017');
    await persist(async () => must(await this.stage.import(rows), 'SOURCE_ALREADY_IMPORTED'));
    this.#acknowledgedRecords += size;
  }

  async #identities(): Promise<void> {
    await persist(async () => {
      const { body } = must(await this.stage.call('operator', 'POST', '/v1/identity-checks', '{}'));
      await this.#settled('operator', `/v1/jobs/${String(body['jobId'])}`, ['queued', 'running']);
    });
  }

  async #freeze(role: string, mode: Mode, size: number): Promise<string> {
    return persist(async () => {
      const asked = must(
        await this.stage.call(role, 'POST', '/v1/batches', JSON.stringify({ mode })),
        'BATCH_OPEN',
      );
      const { batches } = await this.stage.must(role, '/v1/batches');
      const open = (batches as { state: string; batchId: string }[]).find(({ state }) => state === 'open');
      const batchId = open?.batchId ?? String(asked.body['batchId']);
      const batch = await this.#settled(role, `/v1/batches/${batchId}`, ['freezing']);
      if (batch['state'] !== 'open' || batch['count'] !== size || batch['mode'] !== mode)
        throw new Error(`frozen: ${JSON.stringify(batch)}`);
      return batchId;
    });
  }

  async #settled(role: string, path: string, waiting: readonly string[]): Promise<Record<string, unknown>> {
    for (;;) {
      const answer = await persist(() => this.stage.must(role, path));
      if (!waiting.includes(String(answer['state']))) return answer;
      await wait(80);
    }
  }

  /** With as many tickets as it takes. */
  async #signToCollected(batch: FrozenBatch): Promise<void> {
    const { machine, role, batchId } = batch;
    for (const end = Date.now() + 180_000; this.#atWork.has(machine); await wait(150)) {
      if (Date.now() > end) throw new Error(`batch ${batchId} is not collected after 180 s`);
      const { state } = await persist(() => this.stage.must(role, `/v1/batches/${batchId}`));
      if (state === 'collected') this.#atWork.delete(machine);
      if (state === 'collected') return;
      const ticket = await persist(() => machine.ticket(batchId)).catch(nullWhereSigned);
      // what an agent that was killed had sent came through
      if (ticket === null) continue;
      this.counts.tickets++;
      const before = standing(batch);
      const ended = await machine.sign(ticket);
      demandPassing(ended, machine.signerName);
      demandSignedOnce(before, standing(batch), ended);
    }
  }

  /** Whoever fails ends the work of the other, so that nothing is started any more when this returns. */
  async #together<T>(work: Promise<T>, killing: Promise<void>): Promise<T> {
    const both = [work, killing] as const;
    for (const one of both) one.catch(() => this.#atWork.clear());
    await Promise.allSettled(both);
    await killing;
    return work;
  }
}

const UNITS = [
  { role: 'district', signer: 'district-760' },
  { role: 'facility', signer: 'facility-79-01017' },
] as const;

export type Mode = 'list' | 'each';

export type RoundPlan = {
  readonly size: number;
  /** of the district's batch and of the facility's */
  readonly modes: readonly Mode[];
  /** while records come in and batches are frozen */
  readonly early: readonly Kill[];
  /** while they are signed */
  readonly kills: readonly Kill[];
};

type FrozenBatch = {
  readonly machine: AgentMachine;
  readonly role: string;
  readonly mode: Mode;
  readonly batchId: string;
  readonly count: number;
};

/** @param most kills; some may find nobody to kill */
export function drawRound(random: Random, most: number): RoundPlan {
  const size = 30 + random.below(371);
  const modes = UNITS.map(() => random.pick<Mode>(['list', 'each', 'each']));
  // a job whose process was killed waits until its lease is over, so this comes seldom
  const early = most > 1 && random.chance(0.15) ? [drawServerKill(random)] : [];
  const kills = Array.from({ length: most - early.length }, () => drawKill(random));
  return { size, modes, early, kills };
}

function nullWhereSigned(error: unknown): null {
  if (error instanceof Error && error.message.includes('"BATCH_ALREADY_SIGNED"')) return null;
  throw error;
}

/** An agent may be killed, lose its driver or its server; anything else that it says no to is a fault of its own. */
function demandPassing({ report, refused, said, driversKilled }: AgentEnd, signer: string): void {
  if (report || refused === null) return;
  // what an agent that was killed had sent came through after the ticket was made; that it is all there is asked next
  if (refused === 'BATCH_ALREADY_SIGNED') return;
  if (PASSING.some((code) => code === refused) || (refused === 'MODULE_FAILED' && driversKilled > 0)) return;
  throw new Error(`${signer} was refused: ${refused}\n${said.slice(-2000)}`);
}

/** SHA-256 of what was handed in */
function cmsIn(asked: Buffer): string[] {
  const { cms, items } = JSON.parse(asked.toString('utf8')) as {
    readonly cms?: string;
    readonly items?: readonly { readonly cms: string }[];
  };
  const all = items ? items.map((item) => item.cms) : [cms ?? ''];
  return all.map((text) => createHash('sha256').update(Buffer.from(text, 'base64')).digest('base64url'));
}
