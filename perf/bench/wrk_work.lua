-- Prepares one batch of requests for all connections, and ends with one line for wrk.py:
--   wrk ... -s wrk_work.lua URL -- DEPTH BODY_BYTES
-- Only wrk.init is replaced: with a global request() wrk would call Lua for each batch and be the slower for it.

function wrk.init(args)
  local depth, body_bytes = tonumber(args[1]), tonumber(args[2])
  if not wrk.headers["Host"] then wrk.headers["Host"] = wrk.host .. ":" .. wrk.port end
  if body_bytes > 0 then
    wrk.method = "POST"
    wrk.body = string.rep("x", body_bytes)
  end
  local batch = string.rep(wrk.format(), depth)
  wrk.request = function() return batch end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nresult {"requests": %d, "us": %d, "bytes": %d, "p50": %d, "p99": %d, ' ..
    '"errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d}}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
