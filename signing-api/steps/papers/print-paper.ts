import { Refusal } from '#core/refusal';
import type { Lookup } from '#core/wire/certificates';
import type { PaperFormat } from '#core/wire/papers';
import { isOwnRecord, type Caller } from '../../caller.ts';
import type { PaperPress } from '../../paper/press.ts';
import type { Service } from '../../service.ts';
import { findPaper, type PaperRow } from '../../store/papers.ts';
import { heldCertificate } from '../issuing/look-up-certificate.ts';
import { paperSource } from './paper-source.ts';

/** What the holder asks for. @throws Refusal CERTIFICATE_UNKNOWN as lookUpCertificate, those of PaperPress */
export async function printHeld(
  service: Service,
  press: PaperPress,
  asked: Lookup,
  format: PaperFormat,
): Promise<Buffer> {
  const { certificateId } = await heldCertificate(service, asked);
  return press.print(paperSource(service, await inForce(service, certificateId)), format);
}

/** What the office prints in front of which the holder stands. @throws Refusal CERTIFICATE_UNKNOWN, also where it is another unit's */
export async function printOwn(
  service: Service,
  caller: Caller,
  press: PaperPress,
  certificateId: string,
  format: PaperFormat,
): Promise<Buffer> {
  const row = await inForce(service, certificateId);
  if (!isOwnRecord(caller, row)) throw new Refusal('CERTIFICATE_UNKNOWN');
  return press.print(paperSource(service, row), format);
}

async function inForce(service: Service, certificateId: string): Promise<PaperRow> {
  const row = await findPaper(service.db, certificateId, service.clock());
  if (!row) throw new Refusal('CERTIFICATE_UNKNOWN');
  return row;
}
