import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '#signing-api/project-folder';
import { refusalsPage } from './refusals-page.ts';

/** `npm run docs`: writes the pages that are made from the code. A test says when they are out of date. */
writeFileSync(join(projectFolder(), 'docs/refusals.md'), refusalsPage());
