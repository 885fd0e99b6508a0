/** Where progress lines go; a terminal gets one line redrawn, anything else gets plain lines now and then. */
export interface ProgressStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface ProgressOptions {
  /** What is being done, as a person would say it: "checking images". */
  readonly label: string;
  /** Number of units in all; unknown when left out. */
  readonly total?: number;
  /** What is counted: "images". */
  readonly unit?: string;
  /** Milliseconds now; replaced in tests. */
  readonly now?: () => number;
  /** Units done before this run started (a resumed one), left out of the rate. */
  readonly done?: number;
  /** Whether units a second are shown (default true); false where a note holds a better figure. */
  readonly rate?: boolean;
}

export interface Progress {
  /** Counts `units` more as done; `note` is shown behind the figures (a loss, a file's name). */
  tick(units?: number, note?: string): void;
  /** Ends the line with the total time. */
  finish(note?: string): void;
}

const terminalIntervalMs = 100;
const pipedIntervalMs = 10_000;

/** Takes the cursor of a terminal to the start of its line, and empties that. */
const clearLine = '\r\u001b[2K';

/** Writes a line of its own on a stream that may show a progress: a terminal's half-drawn line is cleared first. */
export function writeLine(stream: ProgressStream, text: string): void {
  stream.write(`${stream.isTTY ? clearLine : ''}${text}\n`);
}

/** 75 s as "1 min 15 s". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Shows count, rate and time left of a long piece of work on a stream (standard error, as a rule); without one, nothing. */
export function createProgress(stream: ProgressStream | undefined, options: ProgressOptions): Progress {
  const { label, total, unit = 'items', now = Date.now } = options;
  const before = options.done ?? 0;
  const started = now();
  if (!stream) return { tick: () => undefined, finish: () => undefined };
  const interval = stream.isTTY ? terminalIntervalMs : pipedIntervalMs;
  let done = before;
  let lastShown = started;
  let lastNote = '';

  const line = (): string => {
    const elapsed = Math.max(1, now() - started);
    const rate = ((done - before) * 1000) / elapsed;
    const count = total === undefined ? `${done} ${unit}` : `${done}/${total} ${unit}`;
    const left = total !== undefined && rate > 0 ? `, ${formatDuration(((total - done) * 1000) / rate)} left` : '';
    const speed = options.rate === false ? '' : `, ${rate >= 10 ? rate.toFixed(0) : rate.toFixed(2)} ${unit}/s`;
    return `${label}: ${count}${speed}${left}${lastNote ? `, ${lastNote}` : ''}`;
  };
  const show = (end: string): void => {
    const text = line();
    stream.write(stream.isTTY ? `${clearLine}${text.slice(0, (stream.columns ?? 80) - 1)}${end}` : `${text}\n`);
  };

  return {
    tick(units = 1, note) {
      done += units;
      if (note !== undefined) lastNote = note;
      if (now() - lastShown < interval) return;
      lastShown = now();
      show('');
    },
    finish(note) {
      if (note !== undefined) lastNote = note;
      const time = formatDuration(now() - started);
      writeLine(stream, `${label}: ${done} ${unit} in ${time}${lastNote ? `, ${lastNote}` : ''}`);
    },
  };
}
