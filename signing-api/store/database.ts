import pg from 'pg';
import { Refusal } from '#core/refusal';

/** What a store function needs: the pool, or one transaction's connection. */
export type Db = {
  /** Parameters and results in text form; bytea comes as Buffer, bigint as number. */
  readonly query: <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>;
};

/** A connection inside a transaction, with its raw client for COPY. */
export type Tx = Db & { readonly client: pg.PoolClient };

const RETRYABLE = new Set(['40001', '40P01']);
const LOST = new Set([
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '53300',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
/** SQLSTATE query_canceled: here only by a statement timeout */
const TOOK_TOO_LONG = '57014';

/** The one place that opens connections, retries serialisation failures and names a lost server. */
export class Database implements Db {
  readonly #pool: pg.Pool;
  /** whoever reads pages writes meanwhile: were both of one pool, readers could take it up and wait for each other for good */
  readonly #cursors: pg.Pool;

  constructor(url: string, maxConnections = 12, maxCursors = 4) {
    this.#pool = openPool(url, maxConnections);
    this.#cursors = openPool(url, maxCursors);
  }

  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#pool.query<Row & pg.QueryResultRow>(text, [...values])).rows;
    } catch (error) {
      throw named(error);
    }
  }

  /** Runs `work` in one transaction; retries it whole on serialisation failures, so it must have no effects of its own. */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#pool.connect().catch((error: unknown) => {
        throw named(error);
      });
      let failed: Error | undefined;
      client.on('error', ignore);
      try {
        await client.query('begin');
        const result = await work(asTx(client));
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((lost: unknown) => {
          failed = lost as Error;
        });
        if (!RETRYABLE.has(codeOf(error)) || attempt >= 5) throw named(error);
      } finally {
        client.off('error', ignore);
        client.release(failed);
      }
    }
  }

  /** Queries that may take so long each and no longer; past it they end with OVERLOADED. For reports that only read. */
  within(milliseconds: number): Db {
    return {
      query: (text, values) =>
        this.transaction(async (tx) => {
          await tx.query(`set local statement_timeout = ${milliseconds}`);
          return tx.query(text, values);
        }),
    };
  }

  /**
   * Rows of a large answer, a page at a time, over one plan and one snapshot; the next page is read when it is asked for. Meanwhile
   * other connections may write what this one is reading.
   */
  async *pages<Row extends object>(
    text: string,
    values: readonly unknown[],
    pageRows: number,
  ): AsyncGenerator<Row[]> {
    const client = await this.#cursors.connect().catch((error: unknown) => {
      throw named(error);
    });
    let failed: Error | undefined;
    client.on('error', ignore);
    try {
      await client.query("begin; set local cursor_tuple_fraction = 1; set local work_mem = '64MB'");
      await client.query(`declare pages no scroll cursor for ${text}`, [...values]);
      for (;;) {
        const { rows } = await client.query<Row & pg.QueryResultRow>(`fetch ${pageRows} from pages`);
        if (rows.length > 0) yield rows;
        if (rows.length < pageRows) break;
      }
    } catch (error) {
      throw named(error);
    } finally {
      await client.query('rollback').catch((lost: unknown) => {
        failed = lost as Error;
      });
      client.off('error', ignore);
      client.release(failed);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#cursors.end()]);
  }
}

function openPool(url: string, max: number): pg.Pool {
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid, format): unknown =>
      oid === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
  };
  const pool = new pg.Pool({ connectionString: url, max, connectionTimeoutMillis: 10_000, types });
  // a server that goes away surfaces at the next query; without a listener an idle connection's error would end the process
  pool.on('error', () => undefined);
  return pool;
}

function asTx(client: pg.PoolClient): Tx {
  return {
    client,
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await client.query<Row & pg.QueryResultRow>(text, [...values])).rows,
  };
}

function ignore(): void {
  // the query that runs on this connection rejects with the same error
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function named(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (codeOf(error) === TOOK_TOO_LONG)
    return new Refusal('OVERLOADED', { detail: 'the query took too long', cause: error });
  const lost =
    LOST.has(codeOf(error)) ||
    (error instanceof Error &&
      /terminated|timeout exceeded|Connection ended|not queryable/i.test(error.message));
  return lost ? new Refusal('UNAVAILABLE', { detail: 'database', cause: error }) : error;
}
