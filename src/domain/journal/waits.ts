/** What the deployment waits for. `then`: what happens when `until` comes first. */
export interface Wait {
  readonly kind:
    | 'notification'
    | 'readiness'
    | 'approval'
    | 'window'
    | 'target'
    | 'hold'
    | 'gate'
    | 'manual'
    | 'pause'
    | 'monitoring'
    | 'handoff';
  readonly until: string | null;
  readonly then: 'expires' | 'rejects' | 'rolls back' | 'goes on' | 'pages';
  readonly step?: string;
  readonly role?: string;
  readonly reason?: string;
}
