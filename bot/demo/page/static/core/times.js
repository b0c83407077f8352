// Times as Slack writes them, in the person's language and the browser's time zone.

import { locale, t } from "./words.js";

const DAY = 86_400_000;

function format(at, options) {
  return new Intl.DateTimeFormat(locale(), options).format(at);
}

/** A message's time of day; `ts` is Slack's, in seconds. */
export function clock(ts) {
  return format(new Date(ts * 1000), { hour: "numeric", minute: "2-digit" });
}

/** The same without AM or PM, for narrow places. */
export function shortClock(ts) {
  const parts = new Intl.DateTimeFormat(locale(), { hour: "numeric", minute: "2-digit" }).formatToParts(new Date(ts * 1000));
  return parts.filter(({ type }) => ["hour", "minute"].includes(type)).map(({ value }) => value).join(":");
}

export function fullTime(ts) {
  return format(new Date(ts * 1000), { dateStyle: "full", timeStyle: "medium" });
}

export function day(ts) {
  const at = new Date(ts * 1000);
  return relativeDay(at) ?? format(at, { weekday: "long", month: "long", day: "numeric" });
}

export function withMilliseconds(seconds) {
  return format(new Date(seconds * 1000), { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 1, hourCycle: "h23" });
}

function relativeDay(at) {
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(at) - midnight(new Date())) / DAY);
  return { "-1": t("yesterday"), 0: t("today"), 1: t("tomorrow") }[days];
}

const SHAPES = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "numeric", minute: "2-digit" },
  time_secs: { hour: "numeric", minute: "2-digit", second: "2-digit" },
};

/** `<!date^…>`: https://docs.slack.dev/messaging/formatting-message-text#date-formatting */
export function formatDate(seconds, shape) {
  const at = new Date(seconds * 1000);
  return shape.replace(/\{(\w+?)(_pretty)?\}/g, (token, name, pretty) => {
    if (!SHAPES[name]) return token;
    return (pretty && relativeDay(at)) || format(at, SHAPES[name]);
  });
}
