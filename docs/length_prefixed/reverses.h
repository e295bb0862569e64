// Sends every message back, reversed.
#pragma once

#include <string>
#include <string_view>

#include "length_prefixed.h"

struct reverses final : length_prefixed {
  pinwheel::write_result on_message(pinwheel::connection& peer, std::string_view message) override {
    return send(peer, std::string(message.rbegin(), message.rend()));
  }
};
