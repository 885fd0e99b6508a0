import { describe, expect, it } from 'vitest';
import { createProgress, formatDuration, writeLine } from './progress.js';

describe('createProgress', () => {
  const run = (isTTY: boolean) => {
    let time = 0;
    const lines: string[] = [];
    const progress = createProgress(
      { write: (text) => lines.push(text), isTTY, columns: 120 },
      { label: 'checking', total: 10, unit: 'images', now: () => time },
    );
    for (let index = 0; index < 10; index++) {
      time += 6000;
      progress.tick();
    }
    progress.finish('2 broken');
    return lines;
  };

  it('writes plain lines, and few of them, when piped', () => {
    const lines = run(false);
    expect(lines[0]).toBe('checking: 2/10 images, 0.17 images/s, 48 s left\n');
    expect(lines.at(-1)).toBe('checking: 10 images in 1 min 0 s, 2 broken\n');
    expect(lines.length).toBe(6);
  });

  it('redraws one line on a terminal', () => {
    expect(run(true).every((text) => text.startsWith('\r'))).toBe(true);
  });

  it('makes way for a line of its own', () => {
    const written = (isTTY: boolean) => {
      let text = '';
      writeLine({ write: (more) => (text += more), isTTY }, 'warning: it is dark');
      return text;
    };
    expect(written(true)).toBe('\r\u001b[2Kwarning: it is dark\n');
    expect(written(false)).toBe('warning: it is dark\n');
  });

  it('leaves the rate out where a note holds a better figure', () => {
    let time = 0;
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) };
    const progress = createProgress(stream, {
      label: 'training',
      total: 4,
      unit: 'steps',
      rate: false,
      now: () => time,
    });
    time = 20_000;
    progress.tick(1, 'loss 0.5');
    expect(lines).toEqual(['training: 1/4 steps, 1 min 0 s left, loss 0.5\n']);
  });

  it('says durations as a person would', () => {
    expect([formatDuration(900), formatDuration(75_000), formatDuration(7_260_000)]).toEqual([
      '1 s',
      '1 min 15 s',
      '2 h 1 min',
    ]);
  });
});

it('shows nothing without a stream', () => {
  const progress = createProgress(undefined, { label: 'checking', total: 1 });
  progress.tick(1, 'a note');
  progress.finish();
});
