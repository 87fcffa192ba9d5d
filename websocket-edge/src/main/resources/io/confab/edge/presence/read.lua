-- The status of some users of one bucket, as of now.
-- KEYS: the users' hashes. ARGV: now.
-- Returns for each hash: status, since; since is empty where nothing is remembered.
local now = tonumber(ARGV[1])
local strength = { offline = 1, away = 2, online = 3, busy = 4 }
local answer = {}

for i = 1, #KEYS do
  local strongest, before, since, ended = 'offline', 'offline', '', 0
  local fields = redis.call('HGETALL', KEYS[i])
  for f = 1, #fields, 2 do
    local word, time = string.match(fields[f + 1], '^(%a+) (%d+)$')
    if fields[f] == 'status' then
      before, since = word, time
    elseif tonumber(time) <= now then
      ended = math.max(ended, tonumber(time))
    elseif strength[word] > strength[strongest] then
      strongest = word
    end
  end
  -- An edge has died and nobody has reported its users yet.
  if strongest ~= before and ended > 0 then
    since = string.format('%.0f', ended)
  end
  answer[2 * i - 1], answer[2 * i] = strongest, since
end

return answer
