// A joint_trajectory_controller (Jazzy, ros2_controllers 4.42) that refuses a trajectory which would be a step.
//
// The released one replaces its trajectory by every message, however late. Here a message from the topic is taken only
// where position, velocity and acceleration at the present time are those of the running trajectory. So a
// message may be late by any time, lost, repeated or out of order. Action goals are taken as they are in the released one.

#ifndef MIDP_CONTROLLERS__CONTINUING_TRAJECTORY_CONTROLLER_HPP_
#define MIDP_CONTROLLERS__CONTINUING_TRAJECTORY_CONTROLLER_HPP_

#include <memory>

#include "joint_trajectory_controller/joint_trajectory_controller.hpp"

namespace midp_controllers
{

class ContinuingTrajectoryController : public joint_trajectory_controller::JointTrajectoryController
{
public:
  using CallbackReturn = controller_interface::CallbackReturn;

  CallbackReturn on_init() override;
  CallbackReturn on_configure(const rclcpp_lifecycle::State & previous_state) override;
  CallbackReturn on_activate(const rclcpp_lifecycle::State & previous_state) override;
  controller_interface::return_type update(const rclcpp::Time & time, const rclcpp::Duration & period) override;

private:
  using Message = trajectory_msgs::msg::JointTrajectory;
  using MessagePtr = std::shared_ptr<Message>;
  using Trajectory = joint_trajectory_controller::Trajectory;

  // Hands the newest message to the base class, if it continues the running trajectory, and returns this update's time.
  // The base class counts a trajectory's time by periods and joins another one by the clock. Where both are some
  // microseconds apart, that is a step in motion; so a motion is joined at the time that its trajectory counts.
  rclcpp::Time take(const rclcpp::Time & time, const rclcpp::Duration & period);
  // Whether the message, joined at a time, is there where running_ is.
  bool continues(const MessagePtr & message, const rclcpp::Time & time);
  static bool moves(const JointTrajectoryPoint & point);
  // Largest difference of two vectors; 0 where one of them is not given.
  static double apart(const std::vector<double> & one, const std::vector<double> & other);

  double position_tolerance_, velocity_tolerance_, acceleration_tolerance_;
  realtime_tools::RealtimeBuffer<MessagePtr> incoming_;
  MessagePtr judged_;
  JointTrajectoryPoint proposed_, running_;
};

}  // namespace midp_controllers

#endif  // MIDP_CONTROLLERS__CONTINUING_TRAJECTORY_CONTROLLER_HPP_
