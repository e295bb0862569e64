#include "pinwheel/net/simulation/sockets.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace pinwheel {
inline namespace v0 {

simulated_socket& simulated_sockets::make() {
  std::size_t place = sockets_.size();
  if (free_.empty()) {
    sockets_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  sockets_[place] = std::make_unique<simulated_socket>();
  sockets_[place]->place = place;
  sockets_[place]->number = ++made_;
  return *sockets_[place];
}

void simulated_sockets::destroy(simulated_socket& socket) {
  const std::size_t place = socket.place;
  sockets_[place].reset();
  free_.push_back(place);
}

simulated_socket* simulated_sockets::find(name named) const noexcept {
  simulated_socket* found = sockets_[named.place].get();
  const bool is_it = found != nullptr && found->number == named.number && found->generation == named.generation;
  return is_it ? found : nullptr;
}

bool simulated_sockets::give_descriptor(simulated_socket& socket) {
  numbers& all = numbers_of(socket);
  if (all.used >= all.most) return false;
  std::size_t index = all.sockets.size();
  if (all.free.empty()) {
    all.sockets.push_back(&socket);
  } else {
    std::pop_heap(all.free.begin(), all.free.end(), std::greater<>());
    index = all.free.back();
    all.free.pop_back();
    all.sockets[index] = &socket;
  }
  ++all.used;
  socket.descriptor = all.first + static_cast<int>(index);
  return true;
}

void simulated_sockets::take_descriptor(simulated_socket& socket) {
  numbers& all = numbers_of(socket);
  const auto index = static_cast<std::size_t>(std::exchange(socket.descriptor, -1) - all.first);
  all.sockets[index] = nullptr;
  all.free.push_back(index);
  std::push_heap(all.free.begin(), all.free.end(), std::greater<>());
  --all.used;
}

simulated_socket* simulated_sockets::at(int descriptor) const noexcept {
  const numbers& all = descriptor >= first_outside_descriptor ? outside_ : inside_;
  if (descriptor < all.first) return nullptr;
  const auto index = static_cast<std::size_t>(descriptor - all.first);
  return index < all.sockets.size() ? all.sockets[index] : nullptr;
}

}  // namespace v0
}  // namespace pinwheel
