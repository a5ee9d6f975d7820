/** What a redirection or an expansion says when it cannot be done. */
export class ShellFault extends Error {}
