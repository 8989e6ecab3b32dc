import { SetUpFailure } from './failure.mjs';

const oldest = [20, 19];

export function checkNodeVersion(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new SetUpFailure('NODE_TOO_OLD', `Node ${oldest.join('.')} or newer is needed, this is ${version}.`);
}
