import { isForeigner } from '#core/record/eligibility';
import type { DoseType, RecordLeaf } from '#core/record/record';

/** What the signer is told about a list, counted from the leaves themselves. */
export class Tally {
  count = 0;
  foreigners = 0;
  firstDose = '9999-12-31';
  lastDose = '0000-01-01';
  readonly byDoseType = new Map<DoseType, number>();
  /** ward code → records */
  readonly byWard = new Map<string, number>();

  add(record: RecordLeaf): void {
    const { dose, residence } = record;
    this.count++;
    if (isForeigner(record)) this.foreigners++;
    if (dose.date < this.firstDose) this.firstDose = dose.date;
    if (dose.date > this.lastDose) this.lastDose = dose.date;
    this.byDoseType.set(dose.type, (this.byDoseType.get(dose.type) ?? 0) + 1);
    this.byWard.set(residence.ward, (this.byWard.get(residence.ward) ?? 0) + 1);
  }
}
