import { parseRecordText } from '#core/record/parse-record';
import { splitStreamLine } from '#core/record/stream-line';
import type { PaperSource } from '../../paper/press.ts';
import type { Service } from '../../service.ts';
import type { PaperRow } from '../../store/papers.ts';
import { lineRowId } from '../complete-versions.ts';
import { hc1Of } from '../issuing/look-up-certificate.ts';

/** The text of the QR code, and from the record what that does not say. */
export function paperSource(service: Service, row: PaperRow): PaperSource {
  const line = service.sealer.open(row.sealedLine, lineRowId(row.recordId, row.version)).toString('utf8');
  const { person } = parseRecordText(splitStreamLine(line).leaf);
  return { text: hc1Of(service, row), nationality: person.nationality };
}
