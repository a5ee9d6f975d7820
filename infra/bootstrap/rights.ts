import type { BootstrapNames, Subject } from './bootstrap-subject.ts';

/** Whose rights are rendered, and what they are about. */
export interface Rights extends BootstrapNames {
  readonly subject: Subject;
  readonly nodeNames: readonly string[];
}
