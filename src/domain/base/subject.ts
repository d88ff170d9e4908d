/** Who asked for something. */
export interface Subject {
  readonly subject: string;
  readonly name: string;
}
