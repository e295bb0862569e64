// Boost.Asio as the subjects of these benchmarks see a loop; pinwheel_loop.h says what the members do.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "call.h"
#include "failed.h"
#include "reach.h"

namespace pinwheel::perf {

class asio_loop {
 public:
  static constexpr const char* name = "asio";

  explicit asio_loop(reach who)
      : context_(who == reach::one_thread ? BOOST_ASIO_CONCURRENCY_HINT_UNSAFE : 1), stay_(context_.get_executor()) {}

  template <class Work>
  void post(const Work& work) {
    boost::asio::post(context_, work);
  }

  void run() {
    context_.restart();
    context_.run();
  }
  void stop() { context_.stop(); }
  void turn() { context_.poll(); }

  class timer {
   public:
    timer(asio_loop& loop, call called) : timer_(loop.context_), called_(called) {}

    void arm(std::chrono::milliseconds delay) {
      timer_.expires_after(delay);
      timer_.async_wait([called = called_](const boost::system::error_code& error) {
        if (!error) called();
      });
    }
    void cancel() { timer_.cancel(); }

   private:
    boost::asio::steady_timer timer_;
    call called_;
  };

  class user_event {
   public:
    user_event(asio_loop& loop, call called) : context_(loop.context_), called_(called) {}

    void activate() { boost::asio::post(context_, called_); }

   private:
    boost::asio::io_context& context_;
    call called_;
  };

  class descriptor_watch {
   public:
    descriptor_watch(asio_loop& loop, int descriptor, call called)
        : stream_(loop.context_, descriptor), called_(called) {
      start();
    }
    descriptor_watch(const descriptor_watch&) = delete;
    descriptor_watch& operator=(const descriptor_watch&) = delete;
    ~descriptor_watch() { stream_.release(); }

   private:
    // Before the call, as with the others: what the call makes ready is to come through the loop.
    void start() {
      stream_.async_read_some(boost::asio::buffer(&count_, sizeof count_),
                              [this](const boost::system::error_code& error, std::size_t) {
                                if (error == boost::asio::error::operation_aborted) return;
                                must(!error, "reading an eventfd");
                                start();
                                called_();
                              });
    }

    boost::asio::posix::stream_descriptor stream_;
    call called_;
    std::uint64_t count_ = 0;
  };

 private:
  boost::asio::io_context context_;
  // Without a timer or a descriptor, which no server is, there is no epoll either, and a post is a matter of threads.
  boost::asio::steady_timer starts_reactor_{context_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay_;
};

}  // namespace pinwheel::perf
