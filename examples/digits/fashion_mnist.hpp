#pragma once

#include "data.hpp"

namespace digits {

/// Fashion-MNIST (Xiao, Rasul and Vollgraf 2017), from the files that Debian's dataset-fashion-mnist installs, or the
/// same
/// unpacked: the first 600 training and 200 test images of each of the ten classes, as rows of 784 pixels from 0 to
/// 255, those to train on first. Throws std::runtime_error, with the path, for files that are not there, not whole or
/// of another kind.
Dataset load_fashion_mnist(const std::string& folder);

}  // namespace digits
