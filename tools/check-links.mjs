// Every relative link of every Markdown file names a file of the repository, and every fragment a heading of it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const files = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n');
const problems = files.filter(existsSync).flatMap(problemsOf);
for (const problem of problems) {
  console.error(problem);
}
console.log(`${files.length} Markdown files, ${problems.length} broken links`);
process.exitCode = problems.length === 0 ? 0 : 1;

function problemsOf(file) {
  return linksIn(readFileSync(file, 'utf8')).flatMap((link) => {
    const [path, fragment] = link.split('#');
    const target = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)));
    if (!existsSync(target)) {
      return [`${file}: ${link} names no file`];
    }
    return fragment === undefined || !target.endsWith('.md') || anchorsOf(target).has(fragment)
      ? []
      : [`${file}: ${link} names no heading`];
  });
}

function linksIn(markdown) {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  const inline = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  const sources = [...prose.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, link]) => link);
  return [...inline, ...sources].filter((link) => !/^[a-z]+:/i.test(link));
}

/** As GitHub makes them. */
function anchorsOf(file) {
  const text = readFileSync(file, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
  const headings = [...text.matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}
