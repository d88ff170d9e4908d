/** The fewest bytes of a secret, beside white space: shorter ones are refused, since masking them would hide half of every output. */
export const shortestSecret = 8;
