import { Random } from '../../../scripts/demo/random.ts';

/** One place out of every `step` that follow each other, so that none of any length is passed over; the same for the same seed. */
export function samplePlaces(length: number, step: number, seed: number): number[] {
  const random = new Random(seed);
  const places: number[] = [];
  for (let from = 0; from < length; from += step) {
    places.push(from + random.below(Math.min(step, length - from)));
  }
  return places;
}
