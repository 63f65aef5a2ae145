#include "continuing_trajectory_controller.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "pluginlib/class_list_macros.hpp"

namespace midp_controllers
{

using joint_trajectory_controller::JointTrajectoryController;
using joint_trajectory_controller::TrajectoryPointConstIter;

// In the frame of each controller_state, by which a sender knows that its messages may be late.
constexpr char STEPS_REFUSED[] = "steps_refused";
// Where a trajectory is joined, it has to be where the running one is. A step of this size adds at most 140 rad/s^3 in a
// period of 1 ms to the motions' own jerk (a Franka's limit is 5000 rad/s^3); rounding makes a hundredth of it.
constexpr double POSITION_RAD = 1e-7, VELOCITY_RAD_S = 2e-5, ACCELERATION_RAD_S2 = 2e-2;
constexpr double REST = 1e-9;  // [rad/s], [rad/s^2]: less is rounding
constexpr int WARN_EVERY_MS = 1000;

controller_interface::CallbackReturn ContinuingTrajectoryController::on_init()
{
  const auto initialised = JointTrajectoryController::on_init();
  position_tolerance_ = auto_declare<double>("continuation.position", POSITION_RAD);
  velocity_tolerance_ = auto_declare<double>("continuation.velocity", VELOCITY_RAD_S);
  acceleration_tolerance_ = auto_declare<double>("continuation.acceleration", ACCELERATION_RAD_S2);
  return initialised;
}

controller_interface::CallbackReturn ContinuingTrajectoryController::on_configure(
  const rclcpp_lifecycle::State & previous_state)
{
  const auto configured = JointTrajectoryController::on_configure(previous_state);
  if (configured != CallbackReturn::SUCCESS) {
    return configured;
  }
  // In place of the base class' subscription, whose messages would reach its update without being judged.
  joint_command_subscriber_ = get_node()->create_subscription<Message>(
    "~/joint_trajectory", rclcpp::SystemDefaultsQoS(),
    [this](const MessagePtr message) {
      if (subscriber_is_active_ && validate_trajectory_msg(*message)) {
        incoming_.writeFromNonRT(message);
      }
    });
  state_msg_.header.frame_id = STEPS_REFUSED;
  return configured;
}

controller_interface::CallbackReturn ContinuingTrajectoryController::on_activate(
  const rclcpp_lifecycle::State & previous_state)
{
  incoming_.writeFromNonRT(nullptr);
  judged_ = nullptr;
  return JointTrajectoryController::on_activate(previous_state);
}

controller_interface::return_type ContinuingTrajectoryController::update(
  const rclcpp::Time & time, const rclcpp::Duration & period)
{
  return JointTrajectoryController::update(take(time, period), period);
}

rclcpp::Time ContinuingTrajectoryController::take(const rclcpp::Time & time, const rclcpp::Duration & period)
{
  const auto message = *incoming_.readFromRT();
  if (!message || message == judged_) {
    return time;
  }
  const auto another_is_due = *new_trajectory_msg_.readFromRT() != current_trajectory_->get_trajectory_msg();
  if (another_is_due || !current_trajectory_->is_sampled_already()) {
    return time;  // the next update has a running trajectory to compare with
  }
  judged_ = message;
  TrajectoryPointConstIter from, to;
  const rclcpp::Time running_time = traj_time_ + period * scaling_factor_.load();
  if (current_trajectory_->sample(running_time, interpolation_method_, running_, from, to, false)) {
    const auto joined = moves(running_) ? running_time : time;
    if (continues(message, joined)) {
      new_trajectory_msg_.initRT(message);
      rt_is_holding_ = false;
      return joined;
    }
  }
  RCLCPP_WARN_THROTTLE(
    get_node()->get_logger(), *get_node()->get_clock(), WARN_EVERY_MS,
    "trajectory refused: it would be a step of %.2g rad, %.2g rad/s and %.2g rad/s^2: it came too late, or differs from "
    "the running one at once",
    apart(proposed_.positions, running_.positions), apart(proposed_.velocities, running_.velocities),
    apart(proposed_.accelerations, running_.accelerations));
  return time;
}

bool ContinuingTrajectoryController::continues(const MessagePtr & message, const rclcpp::Time & time)
{
  fill_partial_goal(message);
  sort_to_local_joint_order(message);
  // As the base class is going to join it: from the state before where its first point lies ahead.
  Trajectory next(message);
  if (params_.interpolate_from_desired_state || params_.open_loop_control) {
    next.set_point_before_trajectory_msg(last_commanded_time_, last_commanded_state_, joints_angle_wraparound_);
  } else {
    read_state_from_state_interfaces(state_current_);
    next.set_point_before_trajectory_msg(time, state_current_, joints_angle_wraparound_);
  }
  TrajectoryPointConstIter from, to;
  // This sample dates a trajectory without a stamp.
  if (!next.sample(time, interpolation_method_, proposed_, from, to)) {
    return false;
  }
  return apart(proposed_.positions, running_.positions) <= position_tolerance_ &&
         apart(proposed_.velocities, running_.velocities) <= velocity_tolerance_ &&
         apart(proposed_.accelerations, running_.accelerations) <= acceleration_tolerance_;
}

bool ContinuingTrajectoryController::moves(const JointTrajectoryPoint & point)
{
  const auto not_zero = [](double value) { return std::abs(value) > REST; };
  return std::any_of(point.velocities.begin(), point.velocities.end(), not_zero) ||
         std::any_of(point.accelerations.begin(), point.accelerations.end(), not_zero);
}

double ContinuingTrajectoryController::apart(const std::vector<double> & one, const std::vector<double> & other)
{
  double most = 0.0;
  for (size_t i = 0; i < std::min(one.size(), other.size()); ++i) {
    most = std::max(most, std::abs(one[i] - other[i]));
  }
  return most;
}

}  // namespace midp_controllers

PLUGINLIB_EXPORT_CLASS(midp_controllers::ContinuingTrajectoryController, controller_interface::ControllerInterface)
