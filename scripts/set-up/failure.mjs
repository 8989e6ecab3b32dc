/** A named reason why set-up stops, and the exit code that goes with it. */
export class SetUpFailure extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }

  get exitCode() {
    return exitCodes[this.code];
  }
}

const exitCodes = {
  NODE_TOO_OLD: 10,
  PACKAGES_MISSING: 11,
  NOT_ALLOWED_TO_INSTALL: 12,
  NPM_MISSING: 13,
  STEP_FAILED: 14,
  NODE_HEADERS_MISSING: 15,
};

/** Runs a script's main function; a failure is told by name, without a stack. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetUpFailure)) throw error;
    console.error(`\nset-up stopped: ${error.code}\n${error.message}`);
    process.exit(error.exitCode);
  }
}
