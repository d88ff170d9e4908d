/**
 * What is asked of windows, one case a line: what it shows | the rules | the instant | the answer. `office` is from
 * Monday to Thursday, 09:00 to 16:00; `planned` is a freeze of the policy by the clock of its zone, `frozen` one that recurs, `made`
 * one of a person's, `runway` is in minutes.
 */

/** 2026: the clock goes from 02:00 to 03:00 on 29 March (01:00Z), from 03:00 to 02:00 on 25 October (01:00Z). */
const berlin = `
in winter the day begins at 08:00Z | office | 2026-11-23T08:00:00Z | open until 2026-11-23T15:00Z
and not a millisecond before | office | 2026-11-23T07:59:59.999Z | outside, opens 2026-11-23T08:00Z
it is open in its last millisecond | office | 2026-11-23T14:59:59.999Z | open until 2026-11-23T15:00Z
and closed at its end | office | 2026-11-23T15:00:00Z | outside, opens 2026-11-24T08:00Z
in summer the day begins at 07:00Z | office | 2026-07-06T07:00:00Z | open until 2026-07-06T14:00Z
after Thursday comes Monday | office | 2026-11-26T15:00:00Z | outside, opens 2026-11-30T08:00Z
over a weekend in which summer begins | office | 2026-03-27T12:00:00Z | outside, opens 2026-03-30T07:00Z
over a weekend in which summer ends | office | 2026-10-23T12:00:00Z | outside, opens 2026-10-26T08:00Z
a start that the clock skips is as much later as the clock is put forward | DAILY 02:30-05:00 | 2026-03-29T01:29:59Z | outside, opens 2026-03-29T01:30Z
there it opens | DAILY 02:30-05:00 | 2026-03-29T01:30:00Z | open until 2026-03-29T03:00Z
on the day after it opens by the new clock | DAILY 02:30-05:00 | 2026-03-29T12:00:00Z | outside, opens 2026-03-30T00:30Z
an end that the clock skips is as much later | DAILY 00:00-02:30 | 2026-03-29T01:29:59Z | open until 2026-03-29T01:30Z
there it closes | DAILY 00:00-02:30 | 2026-03-29T01:30:00Z | outside, opens 2026-03-29T22:00Z
a window inside the gap is an hour later | DAILY 02:10-02:50 | 2026-03-28T12:00:00Z | outside, opens 2026-03-29T01:10Z
a window that would end before it starts does not open that day | DAILY 02:30-03:10 | 2026-03-28T12:00:00Z | outside, opens 2026-03-30T00:30Z
a window across the gap is an hour shorter | DAILY 01:00-04:00 | 2026-03-29T00:00:00Z | open until 2026-03-29T02:00Z
a start that is shown twice is the first | DAILY 02:30-05:00 | 2026-10-25T00:30:00Z | open until 2026-10-25T04:00Z
not earlier | DAILY 02:30-05:00 | 2026-10-25T00:29:59Z | outside, opens 2026-10-25T00:30Z
and stays open when the clock shows less again | DAILY 02:30-05:00 | 2026-10-25T01:10:00Z | open until 2026-10-25T04:00Z
an end that is shown twice is the first | DAILY 00:00-02:30 | 2026-10-25T00:29:59Z | open until 2026-10-25T00:30Z
so it is closed at the second | DAILY 00:00-02:30 | 2026-10-25T01:10:00Z | outside, opens 2026-10-25T23:00Z
windows that touch at such a time are one | DAILY 00:00-02:30 + DAILY 02:30-05:00 | 2026-10-25T00:30:00Z | open until 2026-10-25T04:00Z
and are at a time that is skipped | DAILY 00:00-02:30 + DAILY 02:30-05:00 | 2026-03-29T00:30:00Z | open until 2026-03-29T03:00Z
a whole day has 23 hours | WEEKLY;BYDAY=SU 00:00-24:00 | 2026-03-28T23:00:00Z | open until 2026-03-29T22:00Z
and one has 25 | WEEKLY;BYDAY=SU 00:00-24:00 | 2026-10-24T22:00:00Z | open until 2026-10-25T23:00Z
a night in which summer begins | DAILY 22:00-06:00 | 2026-03-28T21:00:00Z | open until 2026-03-29T04:00Z
a night in which summer ends | DAILY 22:00-06:00 | 2026-10-24T20:00:00Z | open until 2026-10-25T05:00Z
a freeze on the days of a rule holds the whole of such a day | office + frozen MONTHLY;BYDAY=-1MO 00:00-24:00 | 2026-11-29T12:00:00Z | outside, opens 2026-12-01T08:00Z
and no other day | office + frozen MONTHLY;BYDAY=-1MO 00:00-24:00 | 2026-11-23T08:00:00Z | open until 2026-11-23T15:00Z
a recurring freeze cuts a window in two | office + frozen WEEKLY;BYDAY=MO 11:00-12:00 | 2026-11-23T08:00:00Z | open until 2026-11-23T10:00Z
and leaves its second part | office + frozen WEEKLY;BYDAY=MO 11:00-12:00 | 2026-11-23T10:00:00Z | frozen, opens 2026-11-23T11:00Z
a recurring freeze ends at the later of two equal times | DAILY 00:00-05:00 + frozen WEEKLY;BYDAY=SU 00:00-02:30 | 2026-10-24T22:30:00Z | frozen, opens 2026-10-25T01:30Z
a recurring freeze over midnight holds the next morning | DAILY 00:00-24:00 + frozen WEEKLY;BYDAY=FR 18:00-06:00 | 2026-11-28T04:59:59Z | frozen, opens 2026-11-28T05:00Z
a freeze of every day never lets anything begin | office + frozen DAILY 00:00-24:00 | 2026-11-23T08:00:00Z | frozen, opens never
`;

/** 2026: from 02:00 to 03:00 on 8 March (07:00Z), from 02:00 to 01:00 on 1 November (06:00Z). */
const newYork = `
in winter | office | 2026-01-05T14:00:00Z | open until 2026-01-05T21:00Z
in summer | office | 2026-06-01T13:00:00Z | open until 2026-06-01T20:00Z
a start in the gap | DAILY 02:30-05:00 | 2026-03-08T06:59:59Z | outside, opens 2026-03-08T07:30Z
an end in the gap | DAILY 00:00-02:15 | 2026-03-08T06:30:00Z | open until 2026-03-08T07:15Z
a start that is shown twice | DAILY 01:30-05:00 | 2026-11-01T05:29:59Z | outside, opens 2026-11-01T05:30Z
an end that is shown twice | DAILY 00:00-01:30 | 2026-11-01T05:00:00Z | open until 2026-11-01T05:30Z
the second 01:15 comes after that end | DAILY 00:00-01:30 | 2026-11-01T06:15:00Z | outside, opens 2026-11-02T05:00Z
a window across both 01:00 | DAILY 00:30-02:00 | 2026-11-01T06:59:59Z | open until 2026-11-01T07:00Z
a night across the change in spring | DAILY 23:00-04:00 | 2026-03-08T04:00:00Z | open until 2026-03-08T08:00Z
a night across the change in autumn | DAILY 23:00-04:00 | 2026-11-01T03:00:00Z | open until 2026-11-01T09:00Z
the weeks in which only one side of the ocean has summer | office | 2026-03-16T13:00:00Z | open until 2026-03-16T20:00Z
`;

/** 2026: from 02:00 to 01:30 on 5 April (15:00Z of the 4th), from 02:00 to 02:30 on 4 October (15:30Z of the 3rd). */
const lordHowe = `
winter is 10:30 ahead | office | 2026-07-05T22:30:00Z | open until 2026-07-06T05:30Z
summer 11:00 | office | 2026-01-04T22:00:00Z | open until 2026-01-05T05:00Z
a start in the gap of half an hour | DAILY 02:15-05:00 | 2026-10-03T15:29:59Z | outside, opens 2026-10-03T15:45Z
an end in it | DAILY 00:00-02:15 | 2026-10-03T15:29:59Z | open until 2026-10-03T15:45Z
the first time after it is not skipped | DAILY 02:30-05:00 | 2026-10-03T15:30:00Z | open until 2026-10-03T18:00Z
a start that is shown twice | DAILY 01:45-05:00 | 2026-04-04T14:45:00Z | open until 2026-04-04T18:30Z
an end that is shown twice | DAILY 00:00-01:45 | 2026-04-04T14:44:59Z | open until 2026-04-04T14:45Z
its second time is outside | DAILY 00:00-01:45 | 2026-04-04T15:10:00Z | outside, opens 2026-04-05T13:30Z
a whole day of 24½ hours | WEEKLY;BYDAY=SU 00:00-24:00 | 2026-04-04T13:00:00Z | open until 2026-04-05T13:30Z
a whole day of 23½ hours | WEEKLY;BYDAY=SU 00:00-24:00 | 2026-10-03T13:30:00Z | open until 2026-10-04T13:00Z
`;

/** In Berlin: which days, nights, and the ends of years. */
const days = `
the night of New Year belongs to the old year | YEARLY;BYMONTH=12;BYMONTHDAY=31 22:00-02:00 | 2027-01-01T00:30:00Z | open until 2027-01-01T01:00Z
and is over for a year | YEARLY;BYMONTH=12;BYMONTHDAY=31 22:00-02:00 | 2027-01-01T01:00:00Z | outside, opens 2027-12-31T21:00Z
a whole last day ends with the year | YEARLY;BYMONTH=12;BYMONTHDAY=31 00:00-24:00 | 2026-12-31T22:59:59Z | open until 2026-12-31T23:00Z
days across the year are one stretch | DAILY 00:00-24:00 | 2026-12-31T12:00:00Z | open until never
a Thursday that is the first day of a year that is week 53 | YEARLY;BYWEEKNO=53;BYDAY=FR 09:00-10:00 | 2026-12-31T12:00:00Z | outside, opens 2027-01-01T08:00Z
the last Friday of a month | MONTHLY;BYDAY=-1FR 09:00-10:00 | 2026-11-01T00:00:00Z | outside, opens 2026-11-27T08:00Z
every other Tuesday, counted from a first day | WEEKLY;INTERVAL=2;BYDAY=TU from 2024-01-01 09:00-10:00 | 2026-11-23T00:00:00Z | outside, opens 2026-12-01T08:00Z
the other Tuesdays, counted from a week later | WEEKLY;INTERVAL=2;BYDAY=TU from 2024-01-08 09:00-10:00 | 2026-11-23T00:00:00Z | outside, opens 2026-11-24T08:00Z
three days from a first one on | DAILY;COUNT=3 from 2026-11-27 09:00-10:00 | 2026-11-29T10:00:00Z | outside, opens never
no day before the first one | DAILY from 2026-11-27 09:00-10:00 | 2026-11-23T00:00:00Z | outside, opens 2026-11-27T08:00Z
the day of the month on which it began | MONTHLY from 2026-01-17 09:00-10:00 | 2026-11-18T00:00:00Z | outside, opens 2026-12-17T08:00Z
29 February is out of sight in most years | YEARLY;BYMONTH=2;BYMONTHDAY=29 09:00-10:00 | 2026-11-23T00:00:00Z | outside, opens never
and in sight in the year before | YEARLY;BYMONTH=2;BYMONTHDAY=29 09:00-10:00 | 2027-03-01T00:00:00Z | outside, opens 2028-02-29T08:00Z
a rule with a last day opens on it | DAILY;UNTIL=20261130 09:00-10:00 | 2026-11-30T08:00:00Z | open until 2026-11-30T09:00Z
and never after it | DAILY;UNTIL=20261130 09:00-10:00 | 2026-11-30T09:00:00Z | outside, opens never
the night of Sunday reaches into Monday | WEEKLY;BYDAY=SU 22:00-04:00 | 2026-11-23T02:59:59Z | open until 2026-11-23T03:00Z
and Monday has none of its own | WEEKLY;BYDAY=SU 22:00-04:00 | 2026-11-23T21:30:00Z | outside, opens 2026-11-29T21:00Z
an end at the start is the next day | WEEKLY;BYDAY=SA 08:00-08:00 | 2026-11-28T12:00:00Z | open until 2026-11-29T07:00Z
an end at midnight | WEEKLY;BYDAY=SA 20:00-00:00 | 2026-11-28T22:59:59Z | open until 2026-11-28T23:00Z
windows that overlap close with the last | DAILY 09:00-12:00 + DAILY 11:00-16:00 | 2026-11-23T09:00:00Z | open until 2026-11-23T15:00Z
in 32 days it closes within sight | DAILY;UNTIL=20261224 00:00-24:00 | 2026-11-22T23:00:00Z | open until 2026-12-24T23:00Z
and a millisecond more is out of sight | DAILY;UNTIL=20261224 00:00-24:00 | 2026-11-22T22:59:59.999Z | open until never
nights that touch are one | WEEKLY;BYDAY=SA 22:00-24:00 + WEEKLY;BYDAY=SU 00:00-06:00 | 2026-11-28T21:30:00Z | open until 2026-11-29T05:00Z
`;

/** In Berlin. */
const freezes = `
a freeze of the policy begins by the clock of its zone | DAILY 00:00-24:00 + planned 2026-12-20T00:00/2027-01-04T00:00 | 2026-12-19T23:00:00Z | frozen, opens 2027-01-03T23:00Z
until then it is open, and closes there | DAILY 00:00-24:00 + planned 2026-12-20T00:00/2027-01-04T00:00 | 2026-12-19T22:59:59Z | open until 2026-12-19T23:00Z
at its end the window is open again | DAILY 00:00-24:00 + planned 2026-12-20T00:00/2027-01-04T00:00 | 2027-01-03T23:00:00Z | open until never
after it the next window opens | office + planned 2026-12-20T00:00/2027-01-04T00:00 | 2026-12-25T12:00:00Z | frozen, opens 2027-01-04T08:00Z
an opening inside a freeze is none | office + planned 2026-12-20T00:00/2027-01-04T00:00 | 2026-12-19T12:00:00Z | outside, opens 2027-01-04T08:00Z
freezes that overlap are one | DAILY 00:00-24:00 + planned 2026-12-20T00:00/2027-01-04T00:00 + planned 2027-01-02T00:00/2027-01-06T00:00 | 2026-12-25T12:00:00Z | frozen, opens 2027-01-05T23:00Z
freezes that touch are one | DAILY 00:00-24:00 + planned 2026-12-20T00:00/2027-01-04T00:00 + planned 2027-01-04T00:00/2027-01-06T00:00 | 2027-01-03T22:59:59Z | frozen, opens 2027-01-05T23:00Z
a freeze within another changes nothing | DAILY 00:00-24:00 + planned 2026-12-20T00:00/2027-01-04T00:00 + planned 2026-12-24T00:00/2026-12-27T00:00 | 2026-12-27T12:00:00Z | frozen, opens 2027-01-03T23:00Z
a freeze that begins in the hour that is shown twice | DAILY 00:00-24:00 + planned 2026-10-25T02:30/2026-10-26T00:00 | 2026-10-25T00:29:59Z | open until 2026-10-25T00:30Z
a freeze that ends in the gap ends as much later | DAILY 00:00-24:00 + planned 2026-03-28T00:00/2026-03-29T02:30 | 2026-03-29T00:59:59Z | frozen, opens 2026-03-29T01:30Z
a freeze that ends at a time that is shown twice ends at the second | DAILY 00:00-24:00 + planned 2026-10-24T00:00/2026-10-25T02:30 | 2026-10-25T00:30:00Z | frozen, opens 2026-10-25T01:30Z
a freeze that a person made, and one of the policy | office + planned 2026-12-20T00:00/2027-01-04T00:00 + made 2026-12-18T09:00:00Z/2026-12-22T09:00:00Z | 2026-12-18T12:00:00Z | frozen, opens 2027-01-04T08:00Z
one without an end opens never | office + made 2026-11-23T09:00:00Z/ | 2026-11-23T09:00:00Z | frozen, opens never
before it, it closes there | office + made 2026-11-23T09:00:00Z/ | 2026-11-23T08:59:59Z | open until 2026-11-23T09:00Z
and what opens after it, does not | office + made 2026-11-23T09:00:00Z/ | 2026-11-22T00:00:00Z | outside, opens 2026-11-23T08:00Z
one that ends in 400 days is within sight | made 2026-11-23T09:00:00Z/2027-12-28T09:00:00Z | 2026-11-23T09:00:00Z | frozen, opens 2027-12-28T09:00Z
and a millisecond more is out of sight | made 2026-11-23T09:00:00Z/2027-12-28T09:00:00.001Z | 2026-11-23T09:00:00Z | frozen, opens never
one that is over | office + made 2026-11-23T07:00:00Z/2026-11-23T08:30:00Z | 2026-11-23T08:30:00Z | open until 2026-11-23T15:00Z
without windows a freeze holds all the same | made 2026-11-23T09:00:00Z/2026-11-23T10:00:00Z | 2026-11-23T09:30:00Z | frozen, opens 2026-11-23T10:00Z
and without either it is open | nothing | 2026-11-23T09:30:00Z | open until never
`;

/** In Berlin. */
const runway = `
exactly the runway is enough | office + runway 30 | 2026-11-23T14:30:00Z | open until 2026-11-23T15:00Z
a millisecond less is not | office + runway 30 | 2026-11-23T14:30:00.001Z | no-runway, opens 2026-11-24T08:00Z
a freeze that begins too soon | office + planned 2026-11-23T12:00/2026-11-23T13:00 + runway 30 | 2026-11-23T10:45:00Z | no-runway, opens 2026-11-23T12:00Z
an announced freeze, too | office + made 2026-11-23T11:00:00Z/ + runway 30 | 2026-11-23T10:45:00Z | no-runway, opens never
what is left between two freezes may be too short | office + planned 2026-11-23T10:00/2026-11-23T12:00 + planned 2026-11-23T12:20/2026-11-23T13:00 + runway 30 | 2026-11-23T10:30:00Z | frozen, opens 2026-11-23T12:00Z
no window is as long as it | office + runway 421 | 2026-11-23T08:00:00Z | no-runway, opens never
one is just as long | office + runway 420 | 2026-11-23T08:00:00Z | open until 2026-11-23T15:00Z
a night has room enough by the clock, and an hour less in the spring | DAILY 00:00-06:00 + runway 360 | 2026-03-28T23:00:00Z | no-runway, opens 2026-03-29T22:00Z
and an hour more in the autumn | DAILY 00:00-06:00 + runway 420 | 2026-10-24T22:00:00Z | open until 2026-10-25T05:00Z
a runway of ten days in a stretch of four weeks | DAILY;UNTIL=20261220 00:00-24:00 + runway 14400 | 2026-11-23T00:00:00Z | open until 2026-12-20T23:00Z
windows that touch make room together | DAILY 09:00-12:00 + DAILY 12:00-15:00 + runway 300 | 2026-11-23T08:30:00Z | open until 2026-11-23T14:00Z
`;

/** Rows of zone, title, rules, instant and answer. */
export const windowCases = [
  ...rowsOf('Europe/Berlin', berlin),
  ...rowsOf('Europe/Berlin', days),
  ...rowsOf('Europe/Berlin', freezes),
  ...rowsOf('Europe/Berlin', runway),
  ...rowsOf('America/New_York', newYork),
  ...rowsOf('Australia/Lord_Howe', lordHowe),
  ...rowsOf(
    'Africa/Cairo',
    'a midnight that the clock skips | WEEKLY;BYDAY=FR 00:00-04:00 | 2026-04-23T21:59:59Z | outside, opens 2026-04-23T22:00Z',
  ),
  ...rowsOf('UTC', 'a zone without summer | DAILY 09:00-16:00 | 2026-03-29T09:00:00Z | open until 2026-03-29T16:00Z'),
  ...rowsOf(
    'Asia/Kolkata',
    'a zone with half an hour | DAILY 09:00-16:00 | 2026-03-29T03:30:00Z | open until 2026-03-29T10:30Z',
  ),
];

function rowsOf(zone: string, text: string) {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [title = '', rules = '', at = '', answer = ''] = line.split(' | ');
      return { zone, title, rules, at, answer };
    });
}
