// What the example answers at "/": one self-contained page, readable in light and dark, without scripts.
#pragma once

#include <string_view>

namespace example {

inline constexpr std::string_view page = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Pinwheel</title>
<link rel="icon" href="data:,">
<style>
  :root { --ink: #1c2430; --paper: #fbfaf7; --soft: #5d6878; --line: #dcd9d0; --mark: #0b6e75; --box: #f1efe8; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e4e8ee; --paper: #14181e; --soft: #98a4b3; --line: #2d3540; --mark: #5fc9d0; --box: #1c222b; }
  }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.6 system-ui, sans-serif; }
  main { max-width: 44rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
  h1 { margin: 0; font-size: 2.1rem; letter-spacing: -.02em; line-height: 1.2; }
  h2 { margin: 2.5rem 0 .5rem; font-size: 1.1rem; }
  p { margin: .6rem 0; }
  .lead { color: var(--soft); font-size: 1.1rem; }
  a { color: var(--mark); }
  code, pre { font: .88em/1.6 ui-monospace, monospace; }
  pre { margin: .8rem 0; padding: .8rem 1rem; background: var(--box); border-radius: .4rem; overflow-x: auto; }
  table { width: 100%; border-collapse: collapse; }
  td { padding: .45rem 1rem .45rem 0; border-top: 1px solid var(--line); vertical-align: top; }
  td:first-child { white-space: nowrap; }
  @media (max-width: 34rem) { td { display: block; border: 0; padding: 0; } td:first-child { padding-top: .8rem; } }
</style>
</head>
<body>
<main>
<h1>Pinwheel</h1>
<p class="lead">A C++20 framework for fast TCP and HTTP servers on Linux. This page comes from its example, which is
running on your machine.</p>
<p>Each of its threads runs an event loop of its own, pinned to a CPU. A connection stays on one loop; nothing on the way
of a request is locked or shared.</p>

<h2>What it answers</h2>
<table>
<tr><td><a href="/plaintext"><code>/plaintext</code></a></td><td>Thirteen bytes of text, for load tests.</td></tr>
<tr><td><a href="/json"><code>/json</code></a></td><td>The same as JSON.</td></tr>
<tr><td><a href="/hello/you"><code>/hello/{name}</code></a></td><td>Takes a piece of the path.</td></tr>
<tr><td><code>POST /echo</code></td><td>Sends back the body it was sent.</td></tr>
<tr><td><a href="/slow?ms=500"><code>/slow?ms=500</code></a></td><td>Answers later, by a timer; its loop goes on
meanwhile.</td></tr>
<tr><td><a href="/stream?bytes=65536"><code>/stream?bytes=65536</code></a></td><td>Makes its body as fast as you read
it.</td></tr>
<tr><td><a href="/metrics"><code>/metrics</code></a></td><td>What the server has counted, by loop.</td></tr>
</table>

<h2>From a terminal</h2>
<pre>curl -d 'some bytes' localhost:8080/echo
curl -o /dev/null 'localhost:8080/stream?bytes=268435456'
wrk -c 64 -d 10 http://localhost:8080/plaintext</pre>
<p>Put the address you reached this page at in place of <code>localhost:8080</code>. Ctrl-C in the server's terminal ends
it, after everything that was asked for has been answered.</p>
</main>
</body>
</html>
)html";

}  // namespace example
