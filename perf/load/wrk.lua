-- Keeps DEPTH requests in flight on each connection (wrk ... -s wrk.lua URL -- DEPTH) and ends with one line for load.py.

local batch

function init(args)
  local depth = tonumber(args[1]) or 1
  batch = string.rep(wrk.format("GET"), depth)
end

-- wrk counts the requests in what this returns, and waits for as many answers.
function request()
  return batch
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nresult {"requests": %d, "us": %d, "p50": %d, "p90": %d, "p99": %d, "max": %d, ' ..
    '"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d}\n',
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max,
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
