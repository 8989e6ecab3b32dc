import { base64, base64url, fromBase64 } from '#core/bytes';
import { instant } from '#core/dates';
import { isRefusal, Refusal } from '#core/refusal';
import { LIST_MIME_TYPE } from '#core/sign/statement';
import { sha256 } from '#verifier/crypto-node';
import { chooseAlgorithm } from '../token/signer-certificate.ts';
import type { Unlock } from '../token/token.ts';
import { demandIntentOver } from './check-intent.ts';
import { demandGoingOn } from './going-on.ts';
import { earlierFor, type Earlier } from './resume.ts';
import type { Ceremony, Work } from './sign-batch.ts';
import { prepareList, signPrepared, type PreparedSignature } from './sign-list.ts';
import { submitSignature } from './submit.ts';

/** `list` mode: one signature over the statement of the whole list. */
export function listWork(ceremony: Ceremony): Work {
  const { api, session, counts, signer, tokenState, pss } = ceremony;
  const { count } = session.statement;
  const earlier = earlierOf(ceremony);
  // what the token cannot do is said before anyone types a PIN
  if (!earlier.result && !earlier.intent) chooseAlgorithm(signer, tokenState.algorithms, pss);
  return {
    earlier,
    signedItems: earlier.result ? count : 0,
    isSigned: earlier.result !== undefined,
    sign: async (_batch, unlock) => {
      await signOnce(ceremony, earlier, unlock);
      counts.signed = count;
    },
    handIn: async () => {
      const { result } = earlierOf(ceremony);
      if (!result) throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'the journal lacks the result' });
      const { cms, cmsSha256 } = result;
      const { collectedAt } = await submitSignature(api, session, cms, cmsSha256);
      return { collectedAt, cmsSha256 };
    },
  };
}

function earlierOf({ journal, session, signer }: Ceremony): Earlier {
  return earlierFor(journal.entries, session.statementSha256, signer.sha256);
}

async function signOnce(ceremony: Ceremony, earlier: Earlier, unlock: Unlock): Promise<void> {
  const { journal, session, token, tokenState, signer, now } = ceremony;
  const common = {
    batchId: session.statement.batchId,
    statementSha256: session.statementSha256,
    signerSha256: signer.sha256,
  };
  try {
    demandGoingOn(ceremony);
    const prepared = prepare(ceremony, earlier);
    const operations = token.tokenOperations;
    const cms = await signPrepared(token, { serial: tokenState.serial }, prepared, unlock).catch(
      (error: unknown) => {
        const wasAsked = earlier.intent !== undefined || token.tokenOperations > operations;
        // a driver that crashed cannot say what it did; any other refusal without a C_Sign made no signature
        if (isRefusal(error) && error.code !== 'MODULE_FAILED' && !wasAsked)
          journal.append({ type: 'unsigned', at: instant(now()), ...common, reason: error.code });
        throw error;
      },
    );
    journal.append({
      type: 'result',
      at: instant(now()),
      ...common,
      cms: base64(cms),
      cmsSha256: base64url(sha256(cms)),
    });
  } finally {
    unlock.pin.wipe();
  }
}

/** The intent is on the disk when this returns; one that is there already is used again, byte for byte. */
function prepare(
  { journal, session, signer, tokenState, pss, now }: Ceremony,
  { intent }: Earlier,
): PreparedSignature {
  if (intent) {
    const attributes = fromBase64(intent.signedAttributes);
    if (!attributes) throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'journal' });
    const { algorithm } = intent;
    const [statement, certificate] = [session.statementBytes, signer.der];
    demandIntentOver(attributes, { statement, algorithm, mimeType: LIST_MIME_TYPE, signer: certificate });
    return { statement, algorithm, certificate, signedAttributes: attributes };
  }
  const { batchId, instance, kind, unit, sequence } = session.statement;
  const at = now();
  const prepared = prepareList(session.statementBytes, signer, tokenState, at, pss);
  journal.append({
    type: 'intent',
    at: instant(at),
    batchId,
    statementSha256: session.statementSha256,
    signerSha256: signer.sha256,
    instance,
    kind,
    unit: unit.code,
    sequence,
    algorithm: prepared.algorithm,
    signedAttributes: base64(prepared.signedAttributes),
  });
  return prepared;
}
